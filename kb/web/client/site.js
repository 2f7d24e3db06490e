// What the pages do beyond links and forms: search while typing, the day of the timeline, its words.

// The path that all addresses of the service begin with.
const { root } = document.documentElement.dataset;
const found = document.getElementById("found");
// Where the pages of each type of record stand.
const folders = JSON.parse(found.dataset.folders);
const input = document.getElementById("q");
// The day as known on, which the page's own search keeps too.
const known = input.form.elements.known?.value;
// The service has the document, so that it may be asked where no texts are taken.
const SEARCH = known ? "x-kb-typed-known" : "x-kb-typed";

async function ask(documentId, variables) {
  const response = await fetch(`${root}/graphql`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({ documentId, variables }),
  });
  return (await response.json()).data;
}

// How long nothing is typed or moved before one asks, in milliseconds.
const PAUSE = 200;
let typed = 0;
let typing;
input.addEventListener("input", () => {
  const mine = ++typed;
  clearTimeout(typing);
  typing = setTimeout(async () => {
    const query = input.value.trim();
    const data = query ? await ask(SEARCH, { query, known }) : null;
    // An answer that was overtaken is of no use.
    if (mine === typed) show((data?.view ?? data)?.search, query);
  }, PAUSE);
});
input.form.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key === "Escape") {
    input.focus();
    show();
  } else if (step && !found.hidden) {
    const stops = [input, ...found.querySelectorAll("a")];
    stops.at((stops.indexOf(document.activeElement) + step) % stops.length).focus();
    event.preventDefault();
  }
});

function show(search, query) {
  const { edges, totalCount, suggestions } = search ?? { edges: [], totalCount: 0, suggestions: [] };
  const hits = edges.map(({ snippet, node }) => {
    const [kind, ...key] = node.id.split(":");
    const path = `${root}/${folders[kind]}/${encodeURIComponent(key.join(":"))}`;
    return suggestion(path, {}, nameOf(node), snippet);
  });
  const all = `${root}/search`;
  if (totalCount > edges.length)
    hits.push(suggestion(all, { q: query }, `${edges.length} of ${totalCount} hits`, "Show all"));
  hits.push(...suggestions.map((q) => suggestion(all, { q }, q, "A name spelt like it")));
  found.hidden = hits.length === 0;
  found.replaceChildren(...hits);
}

function nameOf({ name, title, headline, office, official, state, organisation }) {
  if (official) return `${official.name}, ${office}`;
  return name ?? title ?? headline ?? `${state.name} in ${organisation.name}`;
}

/** A snippet with what stands in its « » marked. */
function marked(snippet) {
  return snippet.split(/«([^«»]*)»/).map((text, place) => {
    if (place % 2 === 0) return text;
    const mark = document.createElement("mark");
    mark.textContent = text;
    return mark;
  });
}

function suggestion(path, params, text, more) {
  const query = new URLSearchParams({ ...params, ...(known && { known }) });
  const link = document.createElement("a");
  link.href = query.size ? `${path}?${query}` : path;
  link.textContent = text;
  const small = document.createElement("small");
  small.append(...marked(more));
  link.append(small);
  const item = document.createElement("li");
  item.append(link);
  return item;
}

// What is shown is of a day, which whoever passes the address on should keep.
const { value: shownDay } = document.querySelector(".day, form.on")?.elements.on ?? {};
const shown = new URL(location);
if (shownDay && !shown.searchParams.has("on")) {
  shown.searchParams.set("on", shownDay);
  history.replaceState(null, "", shown);
}

const form = document.querySelector(".day");
if (form) timeline(form);

/** Another day is another page: what it tells takes the place of what stands here. */
function timeline(form) {
  const day = document.getElementById("day");
  const slider = document.getElementById("slider");
  const first = Date.parse(form.dataset.first);
  const place = () => (slider.value = (Date.parse(day.value) - first) / 86_400_000);
  let pause, asking;
  const moved = () => {
    clearTimeout(pause);
    pause = setTimeout(answer, PAUSE);
  };
  async function answer() {
    asking?.abort();
    asking = new AbortController();
    const address = `${root}/?${new URLSearchParams(new FormData(form))}`;
    try {
      const response = await fetch(address, { signal: asking.signal });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      if (!response.ok) return location.assign(address);
      for (const id of ["belonged", "picture"])
        document.getElementById(id).replaceChildren(...page.getElementById(id).childNodes);
      history.replaceState(null, "", address);
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  }
  slider.addEventListener("input", () => {
    day.value = new Date(first + slider.value * 86_400_000).toISOString().slice(0, 10);
    moved();
  });
  day.addEventListener("input", () => {
    // It has no value while it is typed.
    if (!day.value) return;
    place();
    moved();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    moved();
  });
  // Of no use without a script, and so not there without one.
  slider.hidden = false;
  place();
}

if (document.querySelector(".track")) words();

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

// What a form leaves open does not have to stand in the address.
for (const open of document.querySelectorAll(".narrow form, form.narrow, form.zoom"))
  open.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) if (!value) formData.delete(name);
  });
