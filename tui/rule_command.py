"""The command about rule sets."""

from __future__ import annotations

from pathlib import Path

import click

from tui.exits import told


@click.command(short_help="List the rule sets that grade; or check one")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@told
def rules(file: Path | None) -> None:
    """List the rule sets that grade a response; or check FILE, one of your own, and show what it would do.

    \b
    Exit status: 0 done, 1 where FILE is no rule set that could be used (one line says why).
    """
    from analysis.rule_file import check_free, load_rule_set, rule_sets
    from tui.places import rules_folder
    from tui.rules import described, listed

    if file is not None:
        rule_set = load_rule_set(file)
        check_free(rule_set, file)
        for line in described(rule_set):
            click.echo(line)
        return
    known = rule_sets(rules_folder())
    for line in listed(known, rules_folder()):
        click.echo(line)
    for sentence in known.left_out:
        click.echo(f"clonoscope: {sentence}", err=True)
