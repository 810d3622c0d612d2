"""`python -m holobase`: the program where its script is not on the path."""

from holobase.cli.main import main

main()
