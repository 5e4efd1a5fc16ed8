/** Certificate Issuers by the identifier of their key (euiccCiPKId): what to call them, and which are for tests only. */

/**
 * Roots of test systems. The private keys of SGP.26's are published: whoever trusts them trusts everybody.
 * A session with a server under one of them is refused unless it was asked for.
 */
const TEST_CIS: ReadonlyMap<string, string> = new Map([
  ['F54172BDF98A95D65CBEB88A38A1C11D800A85C3', 'SGP.26 Test CI (NIST P-256)'],
  ['C0BC70BA36929D43B467FF57570530E57AB8FCD8', 'SGP.26 Test CI (brainpoolP256r1)'],
  ['34EECF13156518D48D30BDF06853404D115F955D', 'SGP.26 Test CI'],
  ['2209F61CD9EC5C9C854E787341FF83ECF9776A5B', 'SGP.26 Test CI'],
  ['665A1433D67C1A2C5DB8B52C967F10A057BA5CB2', 'Symantec RSP Test Root'],
  ['7C0E5470143EA8998ED9DF300574C92E5A9ACB1F', 'China Unicom Test CI'],
  ['4EB94EA05B451A729CC5272DDF66F481701A05C9', 'NETCA Test CI'],
  ['066D48A537D97191C7394ADC3DEC6519D1B0BF89', 'MC4 CI Test v2'],
]);

export const TEST_CI_KEY_IDS: ReadonlySet<string> = new Set(TEST_CIS.keys());

const NAMES: ReadonlyMap<string, string> = new Map([
  ...TEST_CIS,
  ['81370F5125D0B1D408D4C3B232E6D25E795BEBFB', 'GSM Association - RSP2 Root CI1'],
  ['4C27967AD20C14B391E9601E41E604AD57C0222F', 'OISTE GSMA CI G1'],
  ['CDF6D1C0A7B07F98A861B6E378B82F648D99663E', 'CMCA eSIM Root CA_NIST'],
  ['16B5D16048E3EA02BD4B606E5F77A4BF20808D83', 'China Unicom eSIM Root CA'],
  ['16704B7F351E3607F18C4B70005C3A003DFD414A', 'Entrust eSIM CA'],
  ['CD6E60B72D7A063CBC84625B91E80FE30406E13E', 'MC4 OT ROOT CI v1'],
  ['B60F0B897FD630B88CFED6161F8EA808C5382AC3', 'G+D SubMan V4.2 CI Google Pixel'],
  ['EA53ADEF3329B9509AFD755FD448B82DC1BCECFF', 'G+D SubMan V4.2 CI'],
]);

/** The name of a CI by its key identifier (upper-case hex), where it is a known one. */
export const ciName = (ciPKId: string): string | undefined => NAMES.get(ciPKId);

export const isTestCi = (ciPKId: string): boolean => TEST_CI_KEY_IDS.has(ciPKId);

/** For a message: the identifier, and the name where there is one. */
export const describeCi = (ciPKId: string): string => {
  const name = ciName(ciPKId);
  return name ? `${ciPKId} (${name})` : ciPKId;
};
