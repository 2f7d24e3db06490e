// What the pages do beyond links and forms: search while typing, the day of the timeline, its words.

const found = document.getElementById("found");
const input = document.getElementById("q");
const SEARCH = `query Typed($query: String!) { search(query: $query, first: 8) { edges { snippet node {
  __typename ... on Node { id } ... on Organisation { name } ... on State { name }
  ... on Official { name } ... on Summit { name } ... on Event { title } ... on Article { headline }
} } } }`;

async function ask(query, variables) {
  const response = await fetch("/graphql", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()).data;
}

let typed = 0;
input.addEventListener("input", async () => {
  const mine = ++typed;
  const query = input.value.trim();
  const data = query ? await ask(SEARCH, { query }) : null;
  // An answer that was overtaken is of no use.
  if (mine === typed) show(data?.search.edges ?? []);
});
input.addEventListener("keydown", (event) => {
  if (event.key === "Escape") show([]);
});

function show(edges) {
  found.hidden = edges.length === 0;
  found.replaceChildren(
    ...edges.map(({ snippet, node }) => {
      const [kind, ...key] = node.id.split(":");
      const link = document.createElement("a");
      link.href = `/${kind.toLowerCase()}s/${encodeURIComponent(key.join(":"))}`;
      link.textContent = node.name ?? node.title ?? node.headline;
      const small = document.createElement("small");
      small.textContent = snippet;
      link.append(small);
      const item = document.createElement("li");
      item.append(link);
      return item;
    }),
  );
}

const form = document.querySelector(".day");
if (form) timeline(form);

function timeline(form) {
  const day = document.getElementById("day");
  const slider = document.getElementById("slider");
  const first = Date.parse(form.dataset.first);
  const moved = () => belonged(form, day.value);
  slider.addEventListener("input", () => {
    day.value = new Date(first + slider.value * 86_400_000).toISOString().slice(0, 10);
    moved();
  });
  day.addEventListener("input", () => {
    slider.value = (Date.parse(day.value) - first) / 86_400_000;
    moved();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  // Of no use without a script, and so not there without one.
  form.hidden = false;
  moved();
  words();
}

/** In three values, by the bounds that the schema gives: no rule is repeated here. */
function certainty({ certainfrom, certainto, possiblefrom, possibleto }, day) {
  if ((possiblefrom && day < possiblefrom) || (possibleto && day > possibleto)) return "ruled out";
  const certain = certainfrom || certainto;
  return certain && day >= (certainfrom ?? "") && day <= (certainto ?? "9999") ? "certain" : "possible";
}

function belonged(form, day) {
  const names = { certain: [], possible: [] };
  for (const row of document.querySelectorAll(".rows > li")) {
    const held = [...row.querySelectorAll(".bar")].map((bar) => certainty(bar.dataset, day));
    const best = ["certain", "possible"].find((value) => held.includes(value));
    row.querySelector(".held").textContent = held.length ? (best ?? "ruled out") : "";
    if (best && row.closest(".members")) {
      const group = row.closest(".timeline").querySelector("h2").textContent.trim();
      names[best].push([group, row.querySelector(".name").textContent.trim()]);
    }
  }
  document.getElementById("belonged").replaceChildren(
    ...["certain", "possible"].map((value) => {
      const line = document.createElement("p");
      const name = document.createElement("strong");
      name.textContent = value;
      line.append(name, ` ${told(names[value]) || "nobody"}`);
      return line;
    }),
  );
}

function told(pairs) {
  const groups = Object.groupBy(pairs, ([group]) => group);
  return Object.entries(groups)
    .map(([group, members]) => `${group}: ${members.map(([, name]) => name).join(", ")}`)
    .join("; ");
}

/** The words of a bar or mark, for who points at it or comes to it by keyboard. */
function words() {
  const box = document.createElement("p");
  box.id = "words";
  box.hidden = true;
  box.setAttribute("aria-hidden", "true");
  document.body.append(box);
  const tell = (event) => {
    const at = event.target.closest?.(".bar, .mark");
    box.hidden = !at;
    if (at) box.textContent = at.getAttribute("aria-label");
  };
  for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, tell);
  document.addEventListener("focusout", () => (box.hidden = true));
}
