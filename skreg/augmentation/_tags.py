"""Tags of samplers: scikit-learn's, and those that imbalanced-learn adds."""

from dataclasses import dataclass, field, fields

from sklearn.utils import InputTags, Tags


@dataclass(slots=True)
class SamplerTags:
    """Whether there is `sample_indices_`."""

    sample_indices: bool = True


@dataclass(slots=True)
class SamplerInputTags(InputTags):
    """Tags of X, and whether it may be a data frame."""

    dataframe: bool = True


@dataclass(slots=True)
class TagsOfSampler(Tags):
    """Tags of an estimator that has `fit_resample`."""

    sampler_tags: SamplerTags = field(default_factory=SamplerTags)


def tags_of_sampler(tags):
    """The tags of an estimator as those of a sampler."""
    values = {item.name: getattr(tags, item.name) for item in fields(tags)}
    values["input_tags"] = SamplerInputTags(
        **{item.name: getattr(tags.input_tags, item.name) for item in fields(tags.input_tags)}
    )
    return TagsOfSampler(**{**values, "estimator_type": "sampler"})
