interface Props {
  items: readonly string[];
  onPick: (item: string, left: readonly string[]) => void;
}

/** What else is on the photo or in the words, to be scanned one after the other. */
export function OtherItems({ items, onPick }: Props) {
  if (items.length === 0) return null;
  return (
    <section class="card other-items" aria-labelledby="other-items">
      <h2 id="other-items">함께 있는 물건</h2>
      <p>한 번에 하나씩 알려 드려요. 다음은 무엇을 버릴까요?</p>
      <div class="examples">
        {items.map((item) => (
          <button
            type="button"
            key={item}
            onClick={() =>
              onPick(
                item,
                items.filter((it) => it !== item),
              )
            }
          >
            {item}
          </button>
        ))}
      </div>
    </section>
  );
}
