"""The least that a send can be in Python: parse the body, one conditional put, answer."""

import json
import os
import time

import boto3

client = boto3.client("dynamodb")


def handler(event):
    new = json.loads(event["body"])
    message_id = str(time.time_ns())
    client.put_item(
        TableName=os.environ["TABLE_NAME"],
        Item={
            "pk": {"S": f"BASELINE#{new['receiver']}"},
            "sk": {"S": message_id},
            "data": {"S": json.dumps(new["data"])},
        },
        ConditionExpression="attribute_not_exists(pk)",
    )
    return {"statusCode": 200, "body": json.dumps({"data": {"id": message_id, "data": new["data"]}})}
