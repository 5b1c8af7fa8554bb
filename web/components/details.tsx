/** Small print under a sentence. A detail is not broken for the next, and no line begins with a dot. */
export const Details = ({ details }: { details: string[] }) =>
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
