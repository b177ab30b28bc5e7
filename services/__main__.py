"""`python -m services` is `kexin`, where the console script is not on the path."""

from services.cli import main

main()
