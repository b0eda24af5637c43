"""What the functions of a file want as input, in words for its comment."""

from skreg.export._tables import find_levels


def describe_inputs(source, model, description):
    """Lines on the inputs of a Source, of a fitted estimator and its description."""
    names = getattr(model, "feature_names_in_", None)
    if not hasattr(description, "tables"):
        return [] if names is None else [f"x[{j}] is {name!r}." for j, name in enumerate(names)]
    levels, lines = find_levels(description.tables), ["Missing values are NAN."]
    numbers = {j for table in description.tables for j in (*table.numbers, *table.with_holes)}
    for j in range(len(description.tables[0].levels)):
        what = "a number" if j in numbers else "not looked at"
        if j in levels:
            is_string, call = levels[j].are_strings, f'{source.name}_level({j}, "...")'
            what = call if is_string else "a number that stands for a category"
        lines.append(f"row[{j}]{'' if names is None else f', {names[j]!r},'} is {what}.")
    return lines
