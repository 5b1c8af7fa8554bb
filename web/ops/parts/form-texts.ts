/** What a submitted form says, by the names of its controls. */
export function textsIn(event: Event): (name: string) => string {
  const { currentTarget } = event;
  if (!(currentTarget instanceof HTMLFormElement)) throw new TypeError("Only forms are submitted");
  const data = new FormData(currentTarget);
  return (name) => {
    const value = data.get(name);
    return typeof value === "string" ? value.trim() : "";
  };
}
