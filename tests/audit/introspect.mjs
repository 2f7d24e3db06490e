// Reads the schema of the service at the address given with graphql of npm, as its clients do; the
// name of the package, which says which version, comes first.
const [name, address] = process.argv.slice(2);
const { buildClientSchema, buildSchema, getIntrospectionQuery, parse, validate, version } =
  await import(name);

const document = parse(`query ($day: Date!) {
  organisation(slug: "csto") { members(asOf: $day) { certainty state { name } } }
}`);

function check(schema) {
  const errors = validate(schema, document);
  if (errors.length) throw new Error(errors.join('\n'));
}

for (const all of [true, false]) {
  const query = getIntrospectionQuery({
    // Version 15 asks for it by the name that it had in a draft.
    specifiedByUrl: all && !version.startsWith('15.'),
    directiveIsRepeatable: all,
    schemaDescription: all,
    inputValueDeprecation: all,
    oneOf: all,
  });
  const response = await fetch(`${address}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors));
  check(buildClientSchema(data));
}
check(buildSchema(await (await fetch(`${address}/schema.graphql`)).text()));
console.log(version);
