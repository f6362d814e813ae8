"""`python -m sandlot` is the `sandlot` command."""

from sandlot.agents.cli.main import main

if __name__ == "__main__":
    main()
