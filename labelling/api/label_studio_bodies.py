"""What Label Studio sends and hears. It adds members from release to release: unknown ones pass."""

from typing import Any

from rest_framework import serializers

from labelling.api.fields import Text

MOST_TASKS = 100


class Setup(serializers.Serializer[Any]):
    """A project that is being connected."""

    project = serializers.CharField(required=False, allow_blank=True)
    schema = Text(allow_blank=True, help_text="the labelling interface, as XML")


class SetUp(serializers.Serializer[Any]):
    model_version = serializers.CharField()


class Task(serializers.Serializer[Any]):
    """What Label Studio knows of a picture; `data` says where it is."""

    id = serializers.IntegerField(required=False, allow_null=True)
    data = serializers.DictField()  # type: ignore[assignment]  # its name in Label Studio


class Tasks(serializers.Serializer[Any]):
    """Pictures to predict."""

    tasks = serializers.ListField(child=Task(), max_length=MOST_TASKS)
    label_config = Text(help_text="the labelling interface, as XML")
    project = serializers.CharField(required=False, allow_null=True, allow_blank=True)


class Why(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()


class Predicted(serializers.Serializer[Any]):
    """`score` is the probability of AI; `error` says why there is no result."""

    result = serializers.ListField(child=serializers.DictField())
    score = serializers.FloatField(allow_null=True)
    model_version = serializers.CharField(required=False)
    error = Why(required=False)


class Results(serializers.Serializer[Any]):
    """As many as there were tasks, in their order."""

    results = Predicted(many=True)


class Happened(serializers.Serializer[Any]):
    """What an event is about decides what else it has, and whether that is one thing or many."""

    action = Text()


class Event(Happened):
    """What happened in the project; Label Studio sends more than is read here."""

    annotation = serializers.DictField(required=False)
    task = serializers.DictField(required=False)
    project = serializers.DictField(required=False)


class Heard(serializers.Serializer[Any]):
    taken = serializers.BooleanField(help_text="whether it was handed in as an answer")
    why = serializers.CharField(allow_null=True, help_text="why it was not")


class State(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=[("UP", "UP")])
    model_class = serializers.CharField()
