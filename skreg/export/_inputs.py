"""What the functions of a file want as input, in words for its comment."""

from skreg.export._tables import find_levels


def describe_inputs(source, model, description):
    """Lines on the inputs of a Source, of a fitted estimator and its description."""
    names = getattr(model, "feature_names_in_", [None] * model.n_features_in_)
    if not hasattr(description, "tables"):
        return [f"x[{j}] is {name!r}." for j, name in enumerate(names) if name is not None]
    levels = find_levels(description.tables)
    lines = ["Missing values are NAN."]
    for j, name in enumerate(names):
        what = "a number" if j not in levels else _describe_levels(source.name, levels[j])
        lines.append(f"row[{j}]{'' if name is None else f', {str(name)!r},'} is {what}.")
    return lines


def _describe_levels(name, levels):
    if levels.are_strings:
        return f'{name}_level({levels.column}, "...")'
    return "a number that stands for a category"
