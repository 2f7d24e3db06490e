// The tools over /mcp by the official client, in both of its ways to connect: what it was told.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

for (const mode of ["auto", "legacy"] as const) {
  const client = new Client(
    { name: "tests", version: "1" },
    { versionNegotiation: { mode } },
  );
  const url = new URL(`${process.env["ADDRESS"]}/mcp`);
  await client.connect(new StreamableHTTPClientTransport(url));
  const { tools } = await client.listTools();
  // It holds structured content against the tool's schema, and throws where they differ.
  const told = await client.callTool({
    name: "as_of",
    arguments: { of: "Organisation:csto", on: "2016-10-14" },
  });
  const { facts } = told.structuredContent as { facts: unknown[] };
  const { resources } = await client.listResources();
  const read = await client.readResource({ uri: resources[0]!.uri });
  const refused = await client.callTool({ name: "find", arguments: { nme: "x" } });
  const version = client.getNegotiatedProtocolVersion();
  console.log(version, tools.length, facts.length, read.contents.length, refused.isError);
  await client.close();
}
