"""One module for each word that follows `nst`.

configure(parser)   adds its arguments
run(arguments)      does the work and returns the exit code
"""
