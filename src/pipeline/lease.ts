/**
 * How long a lease lasts without being renewed: after that its attempt counts as crashed, ms. It is what a resident
 * waits for after a crash that loses the message, too, beside the restart and the calls that are made again.
 */
export const leaseMs = 10_000;
/** How often a running attempt renews its lease, ms. One renewal may be lost. */
export const renewEveryMs = 4_000;
/** How many attempts of a stage may crash before the job is parked. They use up none of its attempts. */
export const crashLimit = 5;

/** A new lease for a delivery of a message; deliveries count from 1. A queue may repeat a delivery. */
export const leaseOf = (messageId: string, delivery: number): string =>
  [messageId, delivery, crypto.randomUUID()].join("#");

/**
 * Whether `lease` belongs to a later delivery of the message that holds `held`. The queue redelivers a
 * message only when the consumer of its last delivery is gone.
 */
export function isRedelivery(held: string, lease: string): boolean {
  const [message, delivery] = held.split("#");
  const [sameMessage, later] = lease.split("#");
  return message === sameMessage && Number(later) > Number(delivery);
}
