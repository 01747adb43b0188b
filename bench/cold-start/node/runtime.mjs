// Lambda's side of a Node.js function, as short as it can be: fetch an event, call the handler, post the answer.
import http from "node:http";
import { createRequire } from "node:module";

const { handler } = createRequire(import.meta.url)(process.argv[2]);
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true });

function request(method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    const sent = http.request({ host, port, method, path: `/2018-06-01/runtime${path}`, headers, agent }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => resolve({ headers: answer.headers, body: Buffer.concat(parts).toString() }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

for (;;) {
  const event = await request("GET", "/invocation/next");
  const answer = await handler(JSON.parse(event.body));
  const id = event.headers["lambda-runtime-aws-request-id"];
  await request("POST", `/invocation/${id}/response`, JSON.stringify(answer));
}
