/** The bucket `pauses`: a forge and credential that asked us to wait asks every replica. */
export interface Pauses {
  /** Until when (epoch ms), `undefined` if nothing is paused. */
  until(name: string): Promise<number | undefined>;
  /** Pauses everybody; a shorter pause never replaces a longer one. */
  pause(name: string, untilMs: number): Promise<void>;
}
