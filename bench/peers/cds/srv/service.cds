using peer from '../db/schema';

@path: '/v1.0/security'
@requires: 'any'
service Security {
  entity alerts_v2 as projection on peer.Alerts;
  entity evidence  as projection on peer.Evidence;
}
