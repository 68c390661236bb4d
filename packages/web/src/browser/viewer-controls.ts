/** A control with its name. */
export interface Control {
  element: HTMLElement;
  /** Shows a value without reporting it. */
  set(value: number): void;
}

/** A list to choose from, the first item at first. */
export function choice(title: string, items: readonly string[], onChange: (item: string) => void): Control {
  const select = document.createElement('select');
  select.append(...items.map((item) => new Option(item, item)));
  select.addEventListener('change', () => onChange(select.value));
  return {
    element: named(title, select),
    set(index) {
      select.selectedIndex = index;
    },
  };
}

/** A slider from 0 to `most`. */
export function slider(
  title: string,
  { most, value }: { most: number; value: number },
  onChange: (value: number) => void,
): Control {
  const input = document.createElement('input');
  input.type = 'range';
  input.max = String(most);
  input.value = String(value);
  input.addEventListener('input', () => onChange(input.valueAsNumber));
  return {
    element: named(title, input),
    set(shown) {
      input.value = String(shown);
    },
  };
}

function named(title: string, control: HTMLElement): HTMLElement {
  control.id = `viewer-${title.toLowerCase().replaceAll(' ', '-')}`;
  const label = document.createElement('label');
  label.htmlFor = control.id;
  label.textContent = title;
  const both = document.createElement('div');
  both.append(label, control);
  return both;
}
