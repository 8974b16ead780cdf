"""The layers of each framework, described by their fields: a module each, with `layers` and `versions`."""
