// Elements made by name. Texts are set as texts, never as markup: much of what is shown comes from outside.

function made(name, attributes = {}, ...inside) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== null && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...inside.filter((part) => part !== undefined && part !== null));
  return element;
}

const byId = (id) => document.getElementById(id);
