"""The conformance suite: cases, tolerances, comparison, mutants, deviations, results; a pytest plugin and a command."""
