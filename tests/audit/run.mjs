// Runs the audits of servers against the address given, and prints what each found, as JSON.
import { serverAudits } from 'graphql-http';

const found = [];
for (const audit of serverAudits({ url: process.argv[2] })) {
  const { status, reason } = await audit.fn();
  found.push({ id: audit.id, name: audit.name, status, reason });
}
console.log(JSON.stringify(found));
