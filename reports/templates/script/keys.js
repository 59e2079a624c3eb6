// The keyboard: the list is walked over, the search and the grouping are one key away.
function keyboard(element, actions) {
  const dialog = document.getElementById("shortcuts");
  const walk = (step) => {
    const rows = [...element.querySelectorAll(".row summary")];
    const at = rows.indexOf(document.activeElement);
    const next = rows[at < 0 ? 0 : at + step];
    if (next === undefined) return false;
    next.focus();
    return true;
  };
  const within = (event) => event.target.tagName === "SUMMARY" && element.contains(event.target);
  const keys = {
    "/": () => document.getElementById("q").focus(),
    "?": () => dialog.showModal(),
    j: () => walk(1),
    k: () => walk(-1),
    g: actions.regroup,
    x: actions.reset,
    ArrowDown: (event) => (within(event) ? walk(1) : false),
    ArrowUp: (event) => (within(event) ? walk(-1) : false),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
    if (event.target.matches("input, select, textarea")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const action = Object.hasOwn(keys, event.key) ? keys[event.key] : null;
    if (action === null || action(event) === false) return;
    event.preventDefault();
  });
  document.getElementById("keys").addEventListener("click", () => dialog.showModal());
}
