/** Details in small print, separated by dots. A line break falls behind a dot only. */
export const DetailLine = ({ details }: { details: string[] }) =>
  details.length > 0 && (
    <p class="details">
      {details.map((detail, index) => (
        <>
          {index > 0 && " "}
          <span>{index < details.length - 1 ? `${detail}\u00a0·` : detail}</span>
        </>
      ))}
    </p>
  );
