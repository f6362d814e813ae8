"""`python -m sandlot.agents.cli`: the command line, for torchrun."""

from .main import main

main()
