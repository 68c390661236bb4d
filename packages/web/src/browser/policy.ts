import { contentPolicy, modelInAddress } from '../content-policy.ts';

// Runs before anything else of the page, which can only be restricted further from here on.
const policy = document.createElement('meta');
policy.httpEquiv = 'Content-Security-Policy';
policy.content = contentPolicy(modelInAddress(location.href));
document.head.append(policy);
