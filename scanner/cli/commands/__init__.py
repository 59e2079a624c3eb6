"""Groups of commands; each module brings its own under the one application."""
