"""Labels of figures in the Prometheus text format."""


def labels(**values: str) -> str:
    """`{gallery="staff",source="gate"}`, whatever the values hold."""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in values.items()) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
