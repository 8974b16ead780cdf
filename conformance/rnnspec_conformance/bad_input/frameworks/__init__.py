"""The mistakes as plain calls of a framework: a module each, with `probes` and `versions`."""
