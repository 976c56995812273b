"""Prints what the installed conda-lock lets people say, as its own command line declares it.

One line for each: `COMMAND --option` for every spelling, `COMMAND --option VALUE` where only some values are allowed,
and `variable NAME` for a variable that stands for an option.
"""

import click
from conda_lock.conda_lock import main

for name, command in main.commands.items():
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            continue
        for option in [*parameter.opts, *parameter.secondary_opts]:
            print(name, option)
        if isinstance(parameter.type, click.Choice):
            for value in parameter.type.choices:
                print(name, parameter.opts[-1], value)
        if parameter.envvar:
            print("variable", parameter.envvar)
