import { decode, encode } from 'fast-png';

/** The PNG library, for grey values and colours as they are stored. */
export const png = { decode, encode };
