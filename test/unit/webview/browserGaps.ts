// What jsdom lacks and the toolkit asks for while it is imported. Import before a view.
window.matchMedia ??= (query) =>
  ({ matches: false, media: query, onchange: null, addListener: () => undefined, removeListener: () => undefined, addEventListener: () => undefined, removeEventListener: () => undefined, dispatchEvent: () => false }) satisfies MediaQueryList;

export {};
