"""`template.yaml` as CloudFormation gets it: after SAM's transform, by the very code that runs in AWS.

No account and no network are needed: the only thing that the transform would ask AWS for is the list of managed
policies, which this template does not use.
"""

import functools
import logging
import os
from pathlib import Path

# The transform wants a region, to name the partition; and SAM must not report that it ran.
os.environ["AWS_DEFAULT_REGION"] = "eu-central-1"
os.environ["SAM_CLI_TELEMETRY"] = "0"

from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform

logging.getLogger("samtranslator.metrics").setLevel(logging.CRITICAL)

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"

# What stands where a property is left out.
NO_VALUE = {"Ref": "AWS::NoValue"}


class NoManagedPolicies:
    """In place of the loader that asks IAM."""

    def load(self):
        return {}


def source():
    """The template as it is written."""
    return yaml_parse(TEMPLATE.read_text())


@functools.cache
def transformed(**parameters):
    """The template after the transform, for a stack with these parameters and the defaults of the others."""
    template = source()
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            # `sam package` puts the address of the upload here.
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    return transform(template, parameters, NoManagedPolicies())


@functools.cache
def deployed(**parameters):
    """`transformed`, with the functions evaluated that CloudFormation evaluates without knowing any resource."""
    template = transformed(**parameters)
    values = {name: parameter.get("Default") for name, parameter in template["Parameters"].items()} | parameters
    return evaluated(template["Resources"], values, template["Conditions"])


def evaluated(value, parameters, conditions):
    """A part of a template with its `Ref`s of parameters, conditions and `Fn::Split`s evaluated; others stay."""
    again = functools.partial(evaluated, parameters=parameters, conditions=conditions)
    if isinstance(value, list):
        return [item for item in map(again, value) if item != NO_VALUE]
    if not isinstance(value, dict):
        return value
    match list(value.items()):
        case [("Ref", name)] if name in parameters:
            return parameters[name]
        case [("Fn::If", [condition, yes, no])]:
            return again(yes if again(conditions[condition]) else no)
        case [("Fn::Not", [condition])]:
            return not again(condition)
        case [("Fn::Equals", [left, right])]:
            return again(left) == again(right)
        case [("Fn::Split", [separator, text])]:
            return again(text).split(separator)
    return {key: item for key, item in ((key, again(item)) for key, item in value.items()) if item != NO_VALUE}


def of_type(resources, kind):
    """The properties of the resources of a type, by logical id."""
    return {name: resource.get("Properties", {}) for name, resource in resources.items() if resource["Type"] == kind}


def leaves(value, path=()):
    """Every key, and every value that is no collection, with the path to it."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not isinstance(value, (dict, list)):
        yield path, value
    for key, item in items:
        yield (*path, key), key
        yield from leaves(item, (*path, key))
