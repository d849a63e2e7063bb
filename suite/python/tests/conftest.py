"""What the tests of the plugin need."""

pytest_plugins = ["pytester"]
