// Listens with the npm package graphql-ws to the address given until it has had so many events, and
// prints their revisions, as JSON.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const [url, count] = process.argv.slice(2);
const client = createClient({ url, webSocketImpl: WebSocket });
const revisions = [];
for await (const event of client.iterate({ query: 'subscription { changes { revision } }' })) {
  if (event.errors) throw new Error(JSON.stringify(event.errors));
  revisions.push(Number(event.data.changes.revision));
  if (revisions.length === Number(count)) break;
}
await client.dispose();
console.log(JSON.stringify(revisions));
