// The service's own DynamoDB, asked with the credentials of its data folder, for what would take too long by the API.

import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const sha256 = text => createHash('sha256').update(text).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

/** Carries an operation out, signed as AWS wants it. */
export async function dynamodb({ dynamodb: url }, folder, operation, request) {
    const kept = readFileSync(join(folder, 'aws-credentials'), 'utf8');
    const [, key] = kept.match(/aws_access_key_id = (\S+)/);
    const [, secret] = kept.match(/aws_secret_access_key = (\S+)/);
    const body = JSON.stringify(request);
    const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    const scope = `${time.slice(0, 8)}/local/dynamodb/aws4_request`;
    const headers = { host: new URL(url).host, 'x-amz-date': time, 'x-amz-target': `DynamoDB_20120810.${operation}` };
    const names = Object.keys(headers).join(';');
    const canonical = `POST\n/\n\n${Object.entries(headers).map(([name, value]) => `${name}:${value}\n`).join('')}\n${names}\n${sha256(body)}`;
    const signed = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`;
    const signature = createHmac('sha256', scope.split('/').reduce(hmac, `AWS4${secret}`)).update(signed).digest('hex');
    const authorization = `AWS4-HMAC-SHA256 Credential=${key}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
    const answer = await fetch(url, { method: 'POST', body, headers: { ...headers, authorization, 'content-type': 'application/x-amz-json-1.0' } });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${operation}: ${answer.status} ${text}`);
    return JSON.parse(text);
}
