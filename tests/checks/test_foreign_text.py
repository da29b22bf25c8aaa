"""No widget is given a text as markup: every use in tui/ of what would read one says that it must not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TUI = Path(__file__).parents[2] / "tui"
PLAIN_WHEN_TOLD = {"Static", "Label", "notify"}
"""These read markup unless they are called with `markup=False`."""
READ_MARKUP = {"from_markup", "render_markup", "Markdown", "Log", "RichLog", "Console", "Content", "Rule", "Panel"}
"""These read markup, or give the terminal what they are told; nothing of ours needs them."""
KNOWN_WIDGETS = {"Input", "Static"}
"""The widgets of Textual in use; another is added here once it is known what it does with a text."""
TYPES = {"RenderableType"}
"""Names of rich's that signatures need; what is made of them is looked at where it is called."""
READ_AS_MARKUP = {"border_title", "border_subtitle", "tooltip", "placeholder"}
"""Attributes and arguments that are read as markup: a fixed text, or what an action of ours says."""


def findings(tree: ast.AST) -> Iterator[str]:
    """Yield what is wrong in a module, with its line."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
                yield from _call(node, name)
            case ast.ImportFrom(module="textual.widgets", names=names):
                for other in {alias.name for alias in names} - KNOWN_WIDGETS:
                    yield f"{node.lineno}: {other} is a widget whose way with text is not known"
            case ast.ImportFrom(module="rich.console", names=names) if {a.name for a in names} <= TYPES:
                pass
            case ast.ImportFrom(module="rich.markup" | "rich.console" | "rich" as module):
                yield f"{node.lineno}: {module} is not for us"
            case ast.Assign(targets=[ast.Attribute(attr=attribute)], value=value) if attribute in READ_AS_MARKUP:
                if not isinstance(value, ast.Constant):
                    yield f"{node.lineno}: {attribute} is read as markup"
            case ast.FunctionDef(name="render" | "render_str", returns=returns):
                if returns is None or ast.unparse(returns) == "str":
                    yield f"{node.lineno}: a widget's text that is a str is read as markup"


def _call(node: ast.Call, name: str) -> Iterator[str]:
    told = {keyword.arg: keyword.value for keyword in node.keywords}
    plain = told.get("markup")
    if name in PLAIN_WHEN_TOLD and not (isinstance(plain, ast.Constant) and plain.value is False):
        yield f"{node.lineno}: {name} without markup=False"
    if name in READ_MARKUP:
        yield f"{node.lineno}: {name} reads markup"
    for argument in READ_AS_MARKUP & told.keys():
        value = told[argument]
        of_an_action = isinstance(value, ast.Attribute) and value.attr == "help"
        if not (isinstance(value, ast.Constant) or of_an_action):
            yield f"{node.lineno}: {argument} is read as markup"


@pytest.mark.parametrize("path", sorted(TUI.rglob("*.py")), ids=lambda path: str(path.relative_to(TUI)))
def test_no_widget_reads_markup(path: Path) -> None:
    assert list(findings(ast.parse(path.read_text("utf-8")))) == []


@pytest.mark.parametrize(
    "line",
    [
        "Static(name)",
        "Static(Text(name))",
        "Static(name, markup=True)",
        "Label(name, classes='a')",
        "self.notify(name)",
        "Text.from_markup(name)",
        "from textual.widgets import DataTable",
        "from rich.markup import render",
        "from rich.console import Console",
        "self.border_title = name",
        "Input(placeholder=name)",
        "def render(self) -> str: ...",
        "Content(name)",
    ],
)
def test_the_rule_sees(line: str) -> None:
    assert len(list(findings(ast.parse(line)))) == 1


@pytest.mark.parametrize("line", ["Static(Text(name), markup=False)", "Input(placeholder='code')", "Text(name)"])
def test_the_rule_lets_pass(line: str) -> None:
    assert list(findings(ast.parse(line))) == []
