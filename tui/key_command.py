"""The command about keys."""

from __future__ import annotations

import click

from tui.exits import told


@click.command(short_help="List every action with its keys")
@told
def keys() -> None:
    """List every action with its keys, those of the settings file among them.

    \b
    In the settings file, whose place is said first:
        presenter = "pages"            a presenter that sends PageDown and PageUp ("arrows": → and ←)
        rule_set = "mts_clonus"        what results are graded by
        [keys]
        trial.go_on = ["f9", "."]      a foot pedal
    """
    from tui.actions import rekeyed, shown_as
    from tui.places import settings_path
    from tui.settings import SCREENS, load_settings

    settings = load_settings(settings_path())
    click.echo(f"settings: {settings_path()}")
    for screen, actions in SCREENS.items():
        click.echo(f"\n{screen}")
        for action in rekeyed(actions, settings.keys):
            shown = " ".join(shown_as(key) for key in action.keys.split(",") if key)
            own = "*" if action.name in settings.keys else " "
            click.echo(f"{own} {action.name:<18} {shown or '-':<14} {action.help}")
    for sentence in settings.left_out:
        click.echo(f"clonoscope: {sentence}", err=True)
