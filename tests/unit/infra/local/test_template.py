from __future__ import annotations

from typing import Any

import pytest

from infra.local.template import Template, Unresolved

RESOURCES: dict[str, Any] = {
    "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {}},
    "Made": {
        "Type": "AWS::SQS::Queue",
        "Properties": {"Name": {"Fn::Join": ["-", ["a", {"Ref": "Bucket"}]]}},
    },
}


def template() -> Template:
    content = {"Resources": RESOURCES, "Parameters": {"Version": {"Type": "String", "Default": "7"}}}
    made = Template(content, "storyreel-dev")
    made.attributes["Bucket"] = {"Ref": "media", "Arn": "arn:aws:s3:::media"}
    return made


@pytest.mark.parametrize(
    ("value", "resolved"),
    [
        ({"Ref": "Bucket"}, "media"),
        ({"Ref": "AWS::Region"}, "us-east-1"),
        ({"Ref": "Version"}, "7"),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, "arn:aws:s3:::media"),
        ({"Fn::GetAtt": "Bucket.Arn"}, "arn:aws:s3:::media"),
        ({"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":", {"Ref": "Bucket"}]]}, "arn:aws:media"),
        (
            {"Fn::Sub": "${Bucket}/${Bucket.Arn}/${!kept}/${AWS::Region}"},
            "media/arn:aws:s3:::media/${kept}/us-east-1",
        ),
        ({"Fn::Sub": ["${x}-${Bucket}", {"x": {"Ref": "Version"}}]}, "7-media"),
        ({"Fn::Select": [1, {"Fn::Split": [":", "a:b:c"]}]}, "b"),
        ({"a": [{"Ref": "Bucket"}, {"b": {"Ref": "AWS::NoValue"}}]}, {"a": ["media", {}]}),
        ([{"Ref": "AWS::NoValue"}, 1], [1]),
        ("text with ${Bucket}", "text with ${Bucket}"),
    ],
)
def test_an_intrinsic_function_gives_what_the_laptop_has(value: Any, resolved: Any) -> None:
    assert template().resolve(value) == resolved


def test_properties_come_resolved() -> None:
    assert template().properties("Made") == {"Name": "a-media"}


def test_a_resource_without_a_counterpart_is_named_with_its_type() -> None:
    with pytest.raises(Unresolved, match=r"Arn of Made, AWS::SQS::Queue"):
        template().resolve({"Fn::GetAtt": ["Made", "Arn"]})


def test_an_unknown_function_is_refused() -> None:
    with pytest.raises(Unresolved, match="Fn::Cidr"):
        template().resolve({"Fn::Cidr": ["10.0.0.0/16", 2]})
