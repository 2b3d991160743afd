/** The element that the page gives its view (`#root`), or one of our own. */
export function rootElement(): HTMLElement {
  const given = document.getElementById('root');
  if (given) return given;
  const made = document.createElement('div');
  made.id = 'root';
  document.body.append(made);
  return made;
}
