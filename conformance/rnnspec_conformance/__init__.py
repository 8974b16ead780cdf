"""The conformance suite: cases, allowances, comparison, mutants, deviations, results; a pytest plugin and a command."""
