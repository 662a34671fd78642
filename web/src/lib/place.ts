/// Put an open popover below what opened it, inside the window.
export function place(pop: HTMLElement, anchor: HTMLElement): void {
  const at = anchor.getBoundingClientRect();
  const own = pop.getBoundingClientRect();
  const left = Math.max(16, Math.min(at.left, innerWidth - own.width - 16));
  const below = at.bottom + 8;
  const top = below + own.height < innerHeight - 8 ? below : Math.max(8, at.top - own.height - 8);
  pop.style.setProperty("left", `${left}px`);
  pop.style.setProperty("top", `${top}px`);
}
