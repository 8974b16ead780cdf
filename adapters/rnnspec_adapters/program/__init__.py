"""Implementations in any language: a program that reads requests and writes answers, one JSON object a line.

``protocol.schema.json`` says what may stand in the messages.
"""

from rnnspec_adapters.program.process import TIME_LIMIT, Program
from rnnspec_adapters.program.program_adapter import ProgramAdapter, program_adapter
from rnnspec_adapters.program.protocol import Hello, ProgramError

__all__ = ["TIME_LIMIT", "Hello", "Program", "ProgramAdapter", "ProgramError", "program_adapter"]
