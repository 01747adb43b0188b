// The least that a chat can be in Node.js: a send is one conditional put, a list one query, and nobody is asked who they are.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../cold-start/node/', import.meta.url));
const { DynamoDBClient, PutItemCommand, QueryCommand } = require('@aws-sdk/client-dynamodb');

const { TABLE: TableName } = process.env;
const client = new DynamoDBClient({});
let last = Date.now() * 1000;
const partition = conversation => ({ S: `BESIDE#${conversation}` });

async function sent(body) {
    const { receiver, data } = JSON.parse(body);
    const id = (last += 1);
    const sentAt = Math.floor(Date.now() / 1000);
    const Item = { pk: partition(receiver), sk: { S: String(id) }, sender: { S: 'one' }, sentAt: { N: String(sentAt) }, data: { S: JSON.stringify(data) } };
    await client.send(new PutItemCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' }));
    return { id, sender: 'one', receiver, sentAt, data };
}

async function listed(receiver, Limit) {
    const { Items } = await client.send(new QueryCommand({
        TableName, Limit, ScanIndexForward: false, ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': partition(receiver) },
    }));
    return Items.reverse().map(item => ({
        id: Number(item.sk.S), sender: item.sender.S, receiver, sentAt: Number(item.sentAt.N), data: JSON.parse(item.data.S),
    }));
}

const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { pathname, searchParams } = new URL(request.url, 'http://localhost');
    const data = request.method === 'POST' ? await sent(Buffer.concat(chunks)) : await listed(pathname.slice(1), Number(searchParams.get('limit')));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ data }));
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
