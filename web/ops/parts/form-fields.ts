/** The trimmed texts of a submitted form by the names of its controls. */
export function fieldsOf(event: Event): (name: string) => string {
  const { currentTarget } = event;
  if (!(currentTarget instanceof HTMLFormElement))
    throw new TypeError("The event is not of a form");
  const data = new FormData(currentTarget);
  return (name) => {
    const value = data.get(name);
    return typeof value === "string" ? value.trim() : "";
  };
}
