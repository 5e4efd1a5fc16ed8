/** Security domains, applications and remote file management. TCA profile package §8.6 to §8.8. */
import { toHex } from '../../bytes.ts';
import type { ApplicationInstance } from '../applications.ts';
import type { ProfileElement } from '../package.ts';
import type { Rule, Valued, View } from './rule.ts';

const PERSONALIZED = 0x0f;

interface Instance {
  readonly element: ProfileElement;
  readonly field: string;
  readonly instance: ApplicationInstance;
}

/** Security domains and applications, in order. */
function* instances(view: View): Iterable<Instance> {
  for (const element of view.all('securityDomain', 'application')) {
    if (element.name === 'securityDomain') yield { element, field: 'instance', instance: element.value.instance };
    else
      for (const [i, instance] of (element.value.instanceList ?? []).entries())
        yield { element, field: `instanceList/${i}`, instance };
  }
}

/** All that a card can select by AID: security domains, applications, remote file management, ADFs. By element. */
function named(view: View): Named[] {
  const found: Named[] = [...instances(view)].map(({ element, field, instance }) => ({
    element,
    field: `${field}/instanceAID`,
    aid: instance.instanceAID,
  }));
  for (const element of view.all('rfm')) found.push({ element, field: 'instanceAID', aid: element.value.instanceAID });
  for (const { element, file } of view.files) {
    if (file.kind === 'adf' && file.action === 'create' && file.fcp?.dfName !== undefined)
      found.push({ element, field: file.field, aid: file.fcp.dfName });
  }
  return found.sort((a, b) => a.element.index - b.element.index);
}

interface Named {
  readonly element: ProfileElement;
  readonly field: string;
  readonly aid: string;
}

/** The security domains by AID; the first where an AID stands twice. */
function domainsOf(view: View): ReadonlyMap<string, Valued<'securityDomain'>> {
  const domains = new Map<string, Valued<'securityDomain'>>();
  for (const element of view.all('securityDomain')) {
    const { instanceAID } = element.value.instance;
    if (!domains.has(instanceAID)) domains.set(instanceAID, element);
  }
  return domains;
}

export const applicationRules: readonly Rule[] = [
  {
    clause: '8.6.2',
    rule: 'remote file management and applications follow a security domain',
    status: 'invalid-parameter',
    *check(view) {
      for (const element of view.elements) {
        if ((element.name === 'rfm' || element.name === 'application') && element.index < view.first('securityDomain')) {
          yield { element, text: `${element.name} without a security domain before it` };
        }
      }
    },
  },
  {
    clause: '8.6.3',
    rule: 'a key of a security domain has an identifier and version of its own',
    status: 'bad-values',
    *check(view) {
      for (const element of view.all('securityDomain')) {
        const seen = new Set<string>();
        for (const [i, { keyIdentifier, keyVersionNumber }] of (element.value.keyList ?? []).entries()) {
          const key = `${toHex(keyIdentifier)}, version ${toHex(keyVersionNumber)},`;
          if (seen.has(key)) yield { element, field: `keyList/${i}`, text: `key ${key} stands twice` };
          seen.add(key);
        }
      }
    },
  },
  {
    clause: '8.6.3',
    rule: 'a key has each type of component once, and at least one',
    status: 'bad-values',
    *check(view) {
      for (const element of view.all('securityDomain')) {
        for (const [i, { keyComponents }] of (element.value.keyList ?? []).entries()) {
          const types = keyComponents.map(({ keyType }) => toHex(keyType));
          const seen = new Set<string>();
          const again = types.find((type) => seen.size === seen.add(type).size);
          if (again !== undefined)
            yield { element, field: `keyList/${i}/keyComponents`, text: `component ${again} stands twice` };
          if (types.length === 0) yield { element, field: `keyList/${i}/keyComponents`, text: 'a key without components' };
        }
      }
    },
  },
  {
    clause: '8.6.4',
    rule: 'open personalisation data is for the first security domain',
    status: 'invalid-parameter',
    *check(view) {
      for (const element of view.all('securityDomain').slice(1)) {
        if (element.value.openPersoData)
          yield { element, field: 'openPersoData', text: 'open personalisation data in another security domain' };
      }
    },
  },
  {
    clause: '8.6.5',
    rule: 'CAT_TP parameters are for the first security domain',
    status: 'invalid-parameter',
    *check(view) {
      for (const element of view.all('securityDomain').slice(1)) {
        if (element.value.catTpParameters)
          yield { element, field: 'catTpParameters', text: 'CAT_TP parameters in another security domain' };
      }
    },
  },
  {
    clause: '8.7.2',
    rule: 'no two applications have the same AID',
    status: 'bad-values',
    *check(view) {
      const seen = new Set<string>();
      for (const { element, field, aid } of named(view)) {
        if (seen.has(aid)) yield { element, field, text: `two applications have the AID ${aid}` };
        seen.add(aid);
      }
    },
  },
  {
    clause: '8.7.3',
    rule: 'the first security domain is not extradited',
    status: 'invalid-parameter',
    *check(view) {
      const [element] = view.all('securityDomain');
      if (element?.value.instance.extraditeSecurityDomainAID !== undefined) {
        yield { element, field: 'instance/extraditeSecurityDomainAID', text: "the operator's security domain is extradited" };
      }
    },
  },
  {
    clause: '8.7.3',
    rule: 'an application is extradited to, or loaded for, a personalised security domain before it',
    status: 'invalid-parameter',
    *check(view) {
      const first = view.first('securityDomain');
      const wanted = [...instances(view)].map(({ element, field, instance }) => ({
        element,
        field: `${field}/extraditeSecurityDomainAID`,
        aid: element.index === first ? undefined : instance.extraditeSecurityDomainAID,
      }));
      for (const element of view.all('application')) {
        wanted.push({ element, field: 'loadBlock/securityDomainAID', aid: element.value.loadBlock?.securityDomainAID });
      }
      const domains = domainsOf(view);
      for (const { element, field, aid } of wanted) {
        if (aid === undefined) continue;
        const domain = domains.get(aid);
        if (domain && domain.index < element.index && domain.value.instance.lifeCycleState[0] === PERSONALIZED) continue;
        yield { element, field, text: `no personalised security domain ${aid}` };
      }
    },
  },
  {
    clause: '8.8',
    rule: 'remote file management of an application follows the application',
    status: 'invalid-parameter',
    *check(view) {
      const names = new Map<string, number>();
      for (const { element, file } of view.files) {
        if (file.kind === 'adf' && file.fcp?.dfName !== undefined && !names.has(file.fcp.dfName))
          names.set(file.fcp.dfName, element.index);
      }
      for (const element of view.all('rfm')) {
        const aid = element.value.adfRFMAccess?.adfAID;
        if (aid !== undefined && !((names.get(aid) ?? Number.POSITIVE_INFINITY) < element.index)) {
          yield { element, field: 'adfRFMAccess/adfAID', text: `no application ${aid} before it` };
        }
      }
    },
  },
  {
    clause: '8.8',
    rule: 'a list of TARs has at least one TAR, of three octets',
    status: 'bad-values',
    *check(view) {
      for (const element of view.all('rfm')) {
        const { tarList } = element.value;
        if (tarList?.length === 0) yield { element, field: 'tarList', text: 'an empty list of TARs' };
        for (const [i, tar] of (tarList ?? []).entries())
          if (tar.length !== 6) yield { element, field: `tarList/${i}`, text: `TAR ${tar}` };
      }
    },
  },
  {
    clause: '8.8',
    rule: 'remote file management has a TAR: in its list, or in octets 13 to 15 of its AID',
    status: 'bad-values',
    severity: 'warning', // it is installed, and no message over the air reaches it
    *check(view) {
      for (const element of view.all('rfm')) {
        const { tarList, instanceAID } = element.value;
        if (!tarList && instanceAID.length < 30)
          yield { element, field: 'instanceAID', text: `no list of TARs, and no TAR in ${instanceAID}` };
      }
    },
  },
  {
    clause: '8.8',
    rule: 'the security domain of remote file management stands before it',
    status: 'invalid-parameter',
    *check(view) {
      const domains = domainsOf(view);
      for (const element of view.all('rfm')) {
        const aid = element.value.securityDomainAID;
        if (aid !== undefined && !((domains.get(aid)?.index ?? Number.POSITIVE_INFINITY) < element.index)) {
          yield { element, field: 'securityDomainAID', text: `no security domain ${aid} before it` };
        }
      }
    },
  },
];
