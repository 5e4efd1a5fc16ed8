/** Where the servers of the lab are: the name that their certificates are for, and a port. */

export const HOST = 'localhost';

const HTTPS_PORT = 443;

/** As activation codes name it and signatures cover it: without the port where every LPA goes by itself. */
export const authorityAt = (port: number): string => (port === HTTPS_PORT ? HOST : `${HOST}:${port}`);

/** The port in an address of {@link authorityAt}. */
export const portOf = (address: string): number => Number(address.split(':')[1] ?? HTTPS_PORT);
