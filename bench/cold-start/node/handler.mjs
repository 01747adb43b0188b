// The least that a send can be in Node.js: parse the body, one conditional put, answer.
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";

const client = new DynamoDBClient({});

export async function handler(event) {
  const { receiver, data } = JSON.parse(event.body);
  const id = process.hrtime.bigint().toString();
  await client.send(
    new PutItemCommand({
      TableName: process.env.TABLE_NAME,
      Item: { pk: { S: `BASELINE#${receiver}` }, sk: { S: `${Date.now()}${id}` }, data: { S: JSON.stringify(data) } },
      ConditionExpression: "attribute_not_exists(pk)",
    }),
  );
  return { statusCode: 200, body: JSON.stringify({ data: { id, data } }) };
}
