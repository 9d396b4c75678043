// What is wider than its box scrolls inside it: by keyboard, too.
const boxes = "pre, td, .wide, .table-wrapper, article p, article li";

function reachable() {
  for (const box of document.querySelectorAll(boxes)) {
    const scrolls = box.scrollWidth > box.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(box).overflowX);
    if (scrolls) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

addEventListener("DOMContentLoaded", () => new ResizeObserver(reachable).observe(document.body));
