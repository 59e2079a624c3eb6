// Brings list, filters and the page's address together: the address holds the state.
const PRINTED = 50;

function start(element, data) {
  const list = new List(element, data);
  const form = document.getElementById("filters");
  const chips = [...form.querySelectorAll("[data-severity]")];
  const controls = [...form.elements].filter((one) => one.name);
  const named = new Set(["severity", ...controls.map((one) => one.name)]);
  const further = document.getElementById("further");
  const count = (number) => number.toLocaleString("en");
  // Fields that have no control of their own: they come from links on the page.
  let pinned = new Map();

  function state() {
    const asked = new URLSearchParams();
    const severities = chips.filter((chip) => chip.getAttribute("aria-pressed") === "true");
    if (severities.length) asked.set("severity", severities.map((chip) => chip.dataset.severity).join(","));
    for (const control of controls) {
      const value = control.type === "checkbox" ? (control.checked ? control.value : "") : control.value.trim();
      if (value) asked.set(control.name, value);
    }
    for (const [field, value] of pinned) asked.set(field, value);
    return asked;
  }

  function tell() {
    further.hidden = list.left <= 0;
    further.textContent = `Show more (${count(Math.max(list.left, 0))} left)`;
    document.getElementById("shown").textContent = `${count(list.fitting.length)} of ${count(data.findings.length)} findings`;
    document.getElementById("none-left").hidden = list.fitting.length > 0;
    document.getElementById("pinned").replaceChildren(...[...pinned].map(([field, value]) => {
      const button = h("button", { type: "button", "aria-label": `Remove the filter ${field} ${value}` }, `${field}: ${value} ×`);
      button.addEventListener("click", () => {
        pinned.delete(field);
        changed();
      });
      return h("li", {}, button);
    }));
  }

  function apply() {
    list.apply(state());
    tell();
  }

  function remember() {
    const text = state().toString().replaceAll("+", "%20").replaceAll("%2C", ",")
      .replaceAll("%2F", "/").replaceAll("%3A", ":");
    history.replaceState(null, "", text ? `#${text}` : location.href.split("#")[0]);
  }

  function fill(asked) {
    const severities = (asked.get("severity") ?? "").split(",").filter(Boolean);
    const levels = new Set(chips.map((chip) => chip.dataset.severity));
    for (const chip of chips) chip.setAttribute("aria-pressed", String(severities.includes(chip.dataset.severity)));
    for (const control of controls) {
      const value = asked.get(control.name) ?? "";
      if (control.type === "checkbox") control.checked = value === control.value;
      else control.value = value;
    }
    // A control that can't show a value would drop the filter in silence.
    const unshown = (one) => (one.tagName === "SELECT" ? one.value === "" : one.type === "checkbox" && !one.checked);
    const lost = (field) => (field === "severity"
      ? severities.some((level) => !levels.has(level))
      : controls.some((one) => one.name === field && unshown(one)));
    pinned = new Map([...asked].filter(([field, value]) => value && FIELDS.includes(field) && (!named.has(field) || lost(field))));
  }

  function changed() {
    apply();
    remember();
  }

  function reset() {
    fill(new URLSearchParams());
    changed();
  }

  function regroup() {
    const select = form.elements.namedItem("group");
    select.selectedIndex = (select.selectedIndex + 1) % select.options.length;
    changed();
  }

  function open(index) {
    if (!list.fitting.includes(index)) {
      fill(new URLSearchParams());
      apply();
    }
    list.open(index);
    tell();
  }

  function follow() {
    const raw = location.hash.slice(1);
    let hash = raw;
    try {
      hash = decodeURIComponent(raw);
    } catch {
      return;
    }
    if (list.byId.has(hash)) {
      open(list.byId.get(hash));
    } else if (raw.includes("=")) {
      fill(new URLSearchParams(raw));
      apply();
      document.getElementById("findings").scrollIntoView();
    } else if (/^v\d+:/.test(hash)) {
      trouble(`This report holds no finding ${hash.slice(0, 60)}: it may have been mended since the link was made.`);
    }
  }

  let waiting = 0;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(changed);
  });
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      changed();
    });
  }
  for (const button of document.querySelectorAll("[data-reset]")) {
    button.addEventListener("click", () => {
      reset();
      document.getElementById("q").focus();
    });
  }
  const grow = () => {
    list.more();
    tell();
  };
  element.addEventListener("toggle", (event) => {
    if (event.target.open) list.fill(event.target);
  }, true);
  element.addEventListener("regrouped", tell);
  further.addEventListener("click", grow);
  new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) grow();
  }, { rootMargin: "600px" }).observe(further);
  addEventListener("beforeprint", () => {
    list.print(PRINTED);
    tell();
  });
  addEventListener("hashchange", follow);
  keyboard(element, { reset, regroup });
  element.dataset.ready = "";
  follow();
}

function trouble(text) {
  const note = document.getElementById("trouble");
  note.textContent = text;
  note.hidden = false;
}

const rows = document.getElementById("rows");
if (rows !== null) {
  load().then((data) => {
    const begin = () => start(rows, data);
    // After the browser's own jump to the fragment, which would take the focus away again.
    if (document.readyState === "complete") setTimeout(begin);
    else addEventListener("load", () => setTimeout(begin));
  }, (error) => trouble(error.message));
}
