"""Where the outside meets the engine: command line, settings, wiring, web."""
