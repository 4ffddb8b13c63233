import { builtInRoles, permissions } from '@agentos/kernel';
import { describe, expect, it } from 'vitest';
import { narrow, permissionsOfRole, permissionsOfRoles, requireMayGrant, requireScopes } from './grants.js';

const custom = (...granted: string[]) => ({ name: 'custom', builtIn: false, permissions: granted });
const builtIn = (name: string) => ({ name, builtIn: true, permissions: [] });

describe('what a principal may do', () => {
  it('is what its roles allow together, and to know itself', () => {
    expect([...permissionsOfRoles([])]).toEqual(['self:read']);
    expect([...permissionsOfRoles([custom('memory:read'), custom('memory:write', 'memory:read')])].sort()).toEqual([
      'memory:read',
      'memory:write',
      'self:read',
    ]);
  });

  it('is of a built-in role what this version says, whatever its row holds', () => {
    expect(permissionsOfRole({ ...builtIn('read-only'), permissions: ['security:admin'] })).toEqual(
      builtInRoles['read-only'],
    );
    expect(permissionsOfRole(builtIn('a role of a later version'))).toEqual([]);
  });

  it('is not what a custom role named like a built-in one would be', () => {
    expect(permissionsOfRole({ name: 'admin', builtIn: false, permissions: [] })).toEqual([]);
  });

  it('holds no permission that there is not', () => {
    expect(permissionsOfRole(custom('memory:read', 'memory:everything', '*'))).toEqual(['memory:read']);
  });
});

describe('what a key may do', () => {
  it('is never more than its principal may, whatever its scopes', () => {
    const granted = permissionsOfRoles([builtIn('agent')]);
    for (const scopes of [['*'], [...permissions], ['security:admin', '*']]) {
      for (const permission of narrow(granted, scopes)) expect(granted).toContain(permission);
    }
    expect([...narrow(granted, ['security:admin'])]).toEqual(['self:read']);
    expect([...narrow(granted, [])]).toEqual(['self:read']);
  });
});

describe('granting', () => {
  it('takes all that is granted, and for * everything there is', () => {
    const some = new Set(['memory:read', 'security:admin']);
    expect(() => requireMayGrant(some, ['memory:read', 'self:read'])).not.toThrow();
    expect(() => requireMayGrant(some, ['memory:read', 'memory:write'])).toThrow('memory:write');
    expect(() => requireMayGrant(some, ['*'])).toThrow('would grant');
    expect(() => requireMayGrant(new Set(permissions), ['*'])).not.toThrow();
  });

  it('names scopes once, and only those that there are', () => {
    expect(requireScopes(['memory:read', 'memory:read', '*'], 'f')).toEqual(['memory:read', '*']);
    expect(() => requireScopes(['memory:*'], 'f')).toThrow('no permission');
    expect(() => requireScopes([], 'f')).toThrow('at least one');
  });
});
